import type { Program, Recipe } from '#lib/brokers/recipe.ts'
import type { Job } from './kept-broker.ts'
import { choosePort } from './ports.ts'

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

/** What a keeper needs to run the installed program at these ports with its data below `folder`. */
export async function createChildJob(
  recipe: Recipe,
  program: Program,
  folder: string,
  ports: Ports,
): Promise<Job> {
  const plan = await recipe.plan(program, { folder, ...ports })
  const facts = {
    ...ports,
    url: recipe.urlFor(ports.port),
    addresses: plan.addresses,
    origin: 'child' as const,
  }
  return { plan, facts }
}
