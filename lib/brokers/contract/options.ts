/** How connections to a broker are secured, and who asks, beside what its URL says. */
export interface BrokerSecurity {
  /** Connections use TLS. `ca`: PEM certificates that are trusted instead of those of the system. */
  tls?: { ca?: string }
  /** The login of a system whose URL has no place for one. */
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string }
}

export interface DriverOptions {
  /** `amqp://…`, `redis://…`, or `host:port,host:port` for Kafka, IPv6 in brackets. */
  url: string
  security?: BrokerSecurity
  /** A management API, where the system has one apart (RabbitMQ). */
  managementUrl?: string
  /** Names this process to the broker, so that its own connections can be distinguished from outside ones. */
  clientName: string
  log: DriverLog
}

/** The little of a logger that drivers need. */
export interface DriverLog {
  debug(details: object, message: string): void
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}
