import { catalog } from '#lib/brokers/catalog.ts'
import type { Can, Manifest, ModeManifest } from '#lib/brokers/contract.ts'
import type { Mode } from '#lib/protocol/names.ts'

/** What a phone's page says of one mode of a system. */
export interface PhoneMode extends Pick<ModeManifest, 'noun' | 'consumerNoun' | 'empty'> {
  can: Pick<Can, 'settle' | 'crash' | 'groups' | 'keepsForAbsent'>
  /** Its consumers are members of a group also where nobody chooses one. */
  hasGroups: boolean
  unackedAfterCrash: NonNullable<ModeManifest['unackedAfterCrash']>
}

/** What a phone's page says of one system, as plain data: the manifests themselves would be most of the page's script. */
export interface PhoneSystem extends Pick<Manifest, 'id' | 'label' | 'look' | 'crashNoticedAfterMs'> {
  modes: Partial<Record<Mode, PhoneMode>>
}

const modeOf = ({
  noun,
  consumerNoun,
  empty,
  can,
  implicitGroup,
  unackedAfterCrash,
}: ModeManifest): PhoneMode => ({
  ...{ noun, consumerNoun, empty },
  can: {
    settle: can.settle,
    crash: can.crash,
    groups: can.groups,
    keepsForAbsent: can.keepsForAbsent,
  },
  hasGroups: can.groups || implicitGroup !== undefined,
  unackedAfterCrash: unackedAfterCrash ?? 'requeued',
})

/** Made where the page is rendered. */
export const phoneSystems = (): PhoneSystem[] =>
  catalog.map(({ id, label, look, crashNoticedAfterMs, modes }) => ({
    ...{ id, label, look, crashNoticedAfterMs },
    modes: Object.fromEntries(Object.entries(modes).map(([mode, manifest]) => [mode, modeOf(manifest)])),
  }))
