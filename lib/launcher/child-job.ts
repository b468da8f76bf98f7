import type { Program, Recipe } from '#lib/brokers/recipe.ts'
import type { Job } from './kept-broker.ts'
import type { KeptFacts } from './kept-state.ts'
import { choosePort, forgetPort } from './ports.ts'

export interface Ports {
  port: number
  extraPorts: number[]
}

/** The system's usual ports where they are free (`usual`), else free ones. */
export async function choosePorts(recipe: Recipe, usual: boolean): Promise<Ports> {
  const port = await choosePort(usual ? recipe.defaultPort : 0)
  const extraPorts: number[] = []
  for (const { preferred } of recipe.extraPorts) extraPorts.push(await choosePort(usual ? preferred : 0))
  return { port, extraPorts }
}

/** Whether they are listened on, or free again, is from now on the system's knowledge. */
export function forgetPorts({ port, extraPorts }: Ports): void {
  for (const each of [port, ...extraPorts]) forgetPort(each)
}

/** What others need to know of a broker that we start at these ports. */
export function factsAt(recipe: Recipe, ports: Ports, origin: KeptFacts['origin']): KeptFacts {
  const url = recipe.urlFor(ports.port)
  return { ...ports, url, origin, addresses: recipe.addressesOf?.(url, {}, ports.extraPorts) ?? {} }
}

/** What a keeper needs to run the installed program at these ports with its data below `folder`. */
export async function createChildJob(
  recipe: Recipe,
  program: Program,
  folder: string,
  ports: Ports,
): Promise<Job> {
  const plan = await recipe.plan(program, { folder, ...ports })
  return { plan, facts: factsAt(recipe, ports, 'child') }
}
