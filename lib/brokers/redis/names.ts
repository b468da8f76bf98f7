/* Names on Redis that are made of a destination's. Programs outside find them by these, and so do our snippets. */

/** Every worker of a stream is a consumer of this one group; a program outside would name it the same. */
export const GROUP = 'workers'

/** The stream of a queue's dead letters. */
export const deadLettersOf = (address: string): string => `${address}.dead`

/** A message with a key goes to this channel. */
export const subChannel = (address: string, key: string | undefined): string =>
  key === undefined || key === '' ? address : `${address}.${key}`

/** The pattern to PSUBSCRIBE to: the address is meant literally, whatever characters it has. */
export const globOf = (address: string, pattern: string): string =>
  `${address.replace(/[*?[\]\\^]/g, '\\$&')}${pattern}`
