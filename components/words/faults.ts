import type { NotOurs } from '#lib/protocol/faults.ts'

const NOT_OURS: Readonly<Record<NotOurs, (label: string) => string>> = {
  environment: (label) => `The environment names this ${label}: it is not the dashboard’s to stop.`,
  listening: (label) => `This ${label} ran before the dashboard came: it is not the dashboard’s to stop.`,
  container: (label) => `This ${label} runs in a container, which the dashboard cannot freeze.`,
  shared: (label) => `Another dashboard uses this ${label} too.`,
  'not-started': (label) => `The dashboard has not started ${label}.`,
}

/** Why no fault may be made on a broker. */
export const notOursWords = (reason: unknown, label: string): string =>
  typeof reason === 'string' && Object.hasOwn(NOT_OURS, reason)
    ? NOT_OURS[reason as NotOurs](label)
    : `${label} is not the dashboard’s to stop.`
