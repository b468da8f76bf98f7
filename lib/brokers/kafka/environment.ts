import type { BrokerSecurity } from '../contract.ts'
import {
  certificatesOf,
  type Environment,
  flagOf,
  hostListOf,
  type NamedBroker,
  VariableFault,
  valueIn,
} from '../environment.ts'

export const URL_VARIABLE = 'KAFKA_BROKERS'
export const SSL_VARIABLE = 'KAFKA_SSL'
const CA_VARIABLE = 'KAFKA_CA_FILE'
const MECHANISM_VARIABLE = 'KAFKA_SASL_MECHANISM'
const USERNAME_VARIABLE = 'KAFKA_SASL_USERNAME'
const PASSWORD_VARIABLE = 'KAFKA_SASL_PASSWORD'

type Sasl = NonNullable<BrokerSecurity['sasl']>
const MECHANISMS: ReadonlyArray<Sasl['mechanism']> = ['plain', 'scram-sha-256', 'scram-sha-512']

/** `KAFKA_BROKERS` with `KAFKA_SSL`, `KAFKA_CA_FILE` and `KAFKA_SASL_*`; undefined without brokers. Throws VariableFault. */
export function fromEnvironment(env: Environment): NamedBroker | undefined {
  const url = hostListOf(env, URL_VARIABLE)
  const tls = tlsIn(env)
  const sasl = saslIn(env)
  if (url === undefined) {
    const idle = tls ? SSL_VARIABLE : sasl ? MECHANISM_VARIABLE : undefined
    if (idle !== undefined) throw new VariableFault(idle, `is given, but no ${URL_VARIABLE} that it is for`)
    return undefined
  }
  return {
    url,
    address: url,
    ...((tls || sasl) && { security: { ...(tls && { tls }), ...(sasl && { sasl }) } }),
  }
}

/** Certificates are of use with TLS alone, so that naming them asks for it. */
function tlsIn(env: Environment): BrokerSecurity['tls'] {
  const isWanted = flagOf(env, SSL_VARIABLE)
  const ca = certificatesOf(env, CA_VARIABLE)
  if (ca !== undefined && isWanted === false) {
    throw new VariableFault(CA_VARIABLE, `is given, but ${SSL_VARIABLE} says that there is no TLS`)
  }
  if (ca !== undefined) return { ca }
  return isWanted ? {} : undefined
}

function saslIn(env: Environment): Sasl | undefined {
  const given = valueIn(env, MECHANISM_VARIABLE)?.toLowerCase().replaceAll('_', '-')
  const username = valueIn(env, USERNAME_VARIABLE)
  // Space around a password may belong to it.
  const password = env[PASSWORD_VARIABLE] || undefined
  if (given === undefined && username === undefined && password === undefined) return undefined
  const mechanism = MECHANISMS.find((known) => known === given)
  if (mechanism === undefined) {
    const fault =
      given === undefined ? 'is missing, while a login is given: it' : 'is not one that is supported: it'
    throw new VariableFault(MECHANISM_VARIABLE, `${fault} must be one of ${MECHANISMS.join(', ')}`)
  }
  if (username === undefined) throw missing(USERNAME_VARIABLE)
  if (password === undefined) throw missing(PASSWORD_VARIABLE)
  return { mechanism, username, password }
}

const missing = (variable: string) =>
  new VariableFault(variable, `is missing, while ${MECHANISM_VARIABLE} is given`)
