import type { LedgerViews } from '#lib/ledger/model/ledger-views.ts'
import type { Scene } from '#lib/protocol/scene.ts'

/** What of a scene is not there yet: destinations that are not declared, consumers that are not attached. */
export function notReady({ destinations }: Scene, ledger: LedgerViews): string[] {
  return destinations.flatMap(({ system, name, consumers }) => {
    const isDeclared = ledger.destinations.some(
      (one) => one.system === system && one.name === name && one.state === 'declared',
    )
    if (!isDeclared) return [name]
    const present = ledger.destination(system, name)?.consumers ?? []
    return consumers
      .filter((one) => !present.some((its) => its.name === one.name && its.state === 'attached'))
      .map((one) => one.name)
  })
}
