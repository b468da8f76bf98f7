'use client'

import type { Feed } from '#lib/feed/feed.ts'
import type { DestinationView } from '#lib/ledger/model/views.ts'
import type { BrokerStatus } from '#lib/protocol/status.ts'
import { useFeed, useSlice } from './feed-context.tsx'
import type { LaneRef } from './lane-ref.ts'

const viewOf = (feed: Feed, { manifest, destination }: LaneRef) =>
  feed.views.destination(manifest.id, destination)

function structureSignature(feed: Feed, ref: LaneRef): string {
  const view = viewOf(feed, ref)
  if (!view) return ''
  const { state, note, traits, settings } = view.destination
  const consumers = view.consumers.map(
    (consumer) => `${consumer.id} ${consumer.state} ${consumer.group ?? ''} ${consumer.role ?? ''}`,
  )
  return JSON.stringify([state, note, traits, settings, consumers, [...view.rebalancing.keys()]])
}

/** The lane's frame: its destination, its consumers and their states, and which groups are rebalancing. */
export function useLaneStructure(ref: LaneRef): DestinationView | undefined {
  useSlice((feed) => structureSignature(feed, ref))
  return viewOf(useFeed(), ref)
}

function numbersSignature(feed: Feed, ref: LaneRef): string {
  const view = viewOf(feed, ref)
  return view ? `${view.facts?.at} ${Object.values(view.counts).join(' ')}` : ''
}

/** The lane's numbers: the broker's facts and the counts. Refreshes at most four times a second while busy. */
export function useLaneNumbers(ref: LaneRef): DestinationView | undefined {
  useSlice((feed) => numbersSignature(feed, ref), 'calm')
  return viewOf(useFeed(), ref)
}

const statusSignature = (status: BrokerStatus | undefined) =>
  status &&
  `${status.status} ${status.since} ${status.address} ${status.reason?.code} ${status.reason?.text} ${status.tries} ${status.nextTryAt} ${status.version}`

export function useBroker(system: string): BrokerStatus | undefined {
  useSlice(({ views }) => statusSignature(views.broker(system)))
  return useFeed().views.broker(system)
}

/** Whether the dashboard's own server is away: then nothing on the page is live. */
export function useConnectionLost(): boolean {
  return useSlice(({ connection }) => connection.state === 'offline')
}
