import type { CreateDriver } from './contract.ts'
import type { Recipe } from './recipe.ts'

interface ServerSide {
  createDriver: CreateDriver
  recipe: Recipe
}

/** The server's half of the catalog, loaded when needed: one line per system. */
export const drivers: Record<string, () => Promise<ServerSide>> = {
  rabbitmq: async () => ({
    ...(await import('./rabbitmq/driver.ts')),
    ...(await import('./rabbitmq/recipe.ts')),
  }),
  redis: async () => ({ ...(await import('./redis/driver.ts')), ...(await import('./redis/recipe.ts')) }),
  kafka: async () => ({ ...(await import('./kafka/driver.ts')), ...(await import('./kafka/recipe.ts')) }),
}
