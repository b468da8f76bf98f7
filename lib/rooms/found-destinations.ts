import type { Driver } from '#lib/brokers/contract.ts'
import { AppError } from '#lib/protocol/errors.ts'
import { type FoundDestinations, foundDestinationSchema } from '#lib/protocol/found-destinations.ts'
import { FOUND_DESTINATIONS_MAX } from '#lib/protocol/limits.ts'
import { ROOM_PREFIX } from './broker-names.ts'

/** What other programs have on a broker: without rooms' own, and without names that could not be shown as they are. */
export async function findDestinations(driver: Driver | undefined): Promise<FoundDestinations> {
  if (driver === undefined) throw new AppError('broker-down', 'the broker is not there yet')
  const found = await driver.list((address) => !address.startsWith(ROOM_PREFIX), FOUND_DESTINATIONS_MAX)
  const destinations = found.destinations
    .filter((one) => foundDestinationSchema.safeParse(one).success)
    .sort((a, b) => a.address.localeCompare(b.address))
  return { destinations, complete: found.complete && destinations.length === found.destinations.length }
}
