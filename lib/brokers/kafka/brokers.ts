/** A broker to begin with: it names all others. */
export interface Seed {
  /** A name or an address; IPv6 without brackets. */
  host: string
  port: number
}

/** The brokers of `host:port,host:port`, IPv6 in brackets. */
export const brokersOf = (url: string): Seed[] =>
  url
    .split(',')
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '')
    .map((broker) => {
      const separator = broker.lastIndexOf(':')
      return {
        host: broker.slice(0, separator).replace(/^\[|\]$/g, ''),
        port: Number(broker.slice(separator + 1)),
      }
    })
