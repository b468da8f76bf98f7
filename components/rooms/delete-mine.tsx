'use client'

import type { Feed } from '#lib/feed/feed.ts'
import { useFeed, useSlice } from '../feed/feed-context.tsx'
import { Hint } from '../ui/box-text.tsx'
import { plural } from '../ui/format.ts'
import { errorWords } from '../words/errors.ts'
import { listed } from '../words/sentence.ts'
import { Confirm } from './confirm.tsx'
import { type Mine, whatIsMine } from './what-is-mine.ts'

const names = (things: ReadonlyArray<{ name: string }>): string => listed(things.map(({ name }) => name))

function consequences({ destinations, shared, consumers }: Mine): string {
  const said = [
    ...(consumers.length > 0
      ? [
          `${names(consumers)} ${consumers.length === 1 ? 'leaves' : 'leave'}; what ${consumers.length === 1 ? 'it holds' : 'they hold'} goes back to the broker.`,
        ]
      : []),
    ...(destinations.length > 0
      ? [`${names(destinations)}, with the messages and consumers there, cannot be had back.`]
      : []),
    ...(shared.length > 0 ? [`${names(shared)} stays: others have consumers there.`] : []),
  ]
  return said.join(' ')
}

/** Removes one after the other; the first that is refused ends it. Answers what went wrong; empty when nothing did. */
async function removeAll(feed: Feed, { destinations, consumers }: Mine): Promise<string> {
  for (const { id } of consumers) {
    const reply = await feed.command('consumer:remove', { consumer: id })
    if (!reply.ok && reply.code !== 'consumer-not-found') return errorWords(reply.code, reply)
  }
  for (const { id } of destinations) {
    const reply = await feed.command('destination:remove', { destination: id })
    if (!reply.ok && reply.code !== 'destination-not-found') return errorWords(reply.code, reply)
  }
  return ''
}

/** Removes the consumers and destinations that this person made, and says before what that means. */
export function DeleteMine({ onBack, onDone }: { onBack(): void; onDone(): void }) {
  const feed = useFeed()
  useSlice(({ views, me }) => JSON.stringify(whatIsMine(views, me.id)))
  const mine = whatIsMine(feed.views, feed.me.id)
  const { destinations, consumers } = mine
  if (destinations.length + consumers.length === 0) {
    return (
      <Hint>
        {mine.shared.length > 0
          ? consequences(mine)
          : 'You made nothing in this room since the dashboard was started.'}
      </Hint>
    )
  }
  const run = async () => {
    const problem = await removeAll(feed, mine)
    if (problem === '') onDone()
    return problem
  }
  const what = [
    ...(destinations.length > 0 ? [plural(destinations.length, 'destination')] : []),
    ...(consumers.length > 0 ? [plural(consumers.length, 'consumer')] : []),
  ]
  return (
    <Confirm
      title={`Delete ${listed(what)} of yours?`}
      action="Delete what is mine"
      look="danger"
      run={run}
      onBack={onBack}
    >
      {consequences(mine)} What others made stays as it is.
    </Confirm>
  )
}
