import { inject } from 'vitest'

/** The real brokers of this test run. */
export interface TestBrokers {
  rabbitmq: { url: string; managementUrl: string }
  redis: { url: string }
  kafka: { url: string }
}

/** Those that somebody keeps running. */
export interface GivenBrokers {
  rabbitmq?: { url: string; managementUrl?: string | undefined } | undefined
  redis?: { url: string } | undefined
  kafka?: { url: string } | undefined
}

declare module 'vitest' {
  export interface ProvidedContext {
    brokers: TestBrokers
  }
}

export const testBrokers = (): TestBrokers => inject('brokers')

let counter = 0
/** A name no other test uses: queues, channels, topics and groups of a test never meet another's. */
export const uniqueName = (prefix: string): string =>
  `${prefix}-${process.pid}-${Date.now().toString(36)}-${++counter}`
