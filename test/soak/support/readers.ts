import { manifestOf } from '#lib/brokers/catalog.ts'
import type { Consumer } from '#lib/protocol/room.ts'
import type { Random } from './random.ts'
import type { Cell, World } from './world.ts'

const CONSUMERS_MAX = 5
/** Statuses that are a true answer to a command that came too late, was meant for another state, or met a broker that is away. */
const HONEST = new Set([200, 201, 204, 404, 409, 422, 429, 502, 503, 504])

const VERBS = ['pause', 'resume', 'crash', 'start', 'seek'] as const

async function actOn(world: World, consumer: Consumer, random: Random) {
  const verb = random.pick(VERBS)
  const seek = { to: random.pick(['earliest', 'latest'] as const) }
  return {
    what: `${verb} ${consumer.name}`,
    ...(await world.ask('POST', `/consumers/${consumer.id}/${verb}`, verb === 'seek' ? { seek } : undefined)),
  }
}

/** Where readers may choose: one group for some of them, or one of its own. */
function groupOf({ system, mode }: Cell, name: string, random: Random): { group?: string } {
  const groups = manifestOf(system)?.modes[mode]?.can.groups
  return groups ? { group: random.pick(['shared', name]) } : {}
}

/** One change of who reads a cell: somebody comes, leaves, crashes, pauses, goes on, or reads elsewhere. Resolves with what it was. */
export async function changeReaders(world: World, cell: Cell, random: Random, turn: number): Promise<string> {
  const { consumers } = await world.snapshot()
  const here = consumers.filter(
    ({ system, destination }) => system === cell.system && destination === cell.name,
  )
  const one = here.length > 0 ? random.pick(here) : undefined
  const answer = await (async () => {
    if (one === undefined || (here.length < CONSUMERS_MAX && random.chance(0.2))) {
      const name = `${cell.name}-${turn}`
      const wish = { system: cell.system, destination: cell.name, name, ...groupOf(cell, name, random) }
      return { what: `add ${name}`, ...(await world.ask('POST', '/consumers', wish)) }
    }
    if (here.length > 1 && random.chance(0.2))
      return { what: `remove ${one.name}`, ...(await world.ask('DELETE', `/consumers/${one.id}`)) }
    return actOn(world, one, random)
  })()
  if (!HONEST.has(answer.status))
    world.wrong.push(`${answer.what}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.what
}
