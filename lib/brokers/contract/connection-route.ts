/** Where a consumer's connections go: to the broker itself, or to a proxy that stands before it. A spec without one: to the broker. */
export interface ConnectionRoute {
  /** Where to connect to in order to reach `peer`. Asked before each connection. */
  reach(peer: { host: string; port: number }): Promise<{ host: string; port: number }>
}
