const BROKER_VARIABLE = /^(RABBITMQ|REDIS|KAFKA)_/
const SECRET_VARIABLE = /PASSWORD|PASSWD|SECRET|TOKEN/
/** A list of addresses, where a variable names several. */
const BETWEEN_URLS = /,\s*(?=[a-z][a-z0-9+.-]*:\/\/)/i
/** `scheme://user:password@`, with whatever somebody may have typed as a password. */
const USER_INFO = /^\s*[a-z][a-z0-9+.-]*:\/\/([^:]*):(.*)@/i

/**
 * The passwords that the environment names for brokers, in every form in which something may repeat them: as typed, decoded,
 * encoded for a URL, escaped for JSON, and as HTTP's Basic and SASL's PLAIN send them. One that equals its user's name, such
 * as guest's, is no secret.
 */
export function secretsIn(env: Readonly<Record<string, string | undefined>>): string[] {
  const forms = Object.entries(env).flatMap(([name, value]) => {
    if (value === undefined || !BROKER_VARIABLE.test(name)) return []
    return SECRET_VARIABLE.test(name) ? formsOf(value) : value.split(BETWEEN_URLS).flatMap(secretsInUrl)
  })
  return [...new Set(forms)].filter((form) => form !== '')
}

function secretsInUrl(url: string): string[] {
  const [, user = '', password = ''] = USER_INFO.exec(url) ?? []
  if (password === user) return []
  const plain = decoded(password)
  const pairs = [`${decoded(user)}:${plain}`, `\0${decoded(user)}\0${plain}`]
  return [...formsOf(password), ...formsOf(plain), ...pairs.map(base64)]
}

const formsOf = (secret: string): string[] =>
  [secret, encodeURIComponent(secret), encodeURI(secret)].flatMap((form) => [
    form,
    JSON.stringify(form).slice(1, -1),
    base64(form),
  ])

const base64 = (text: string): string => Buffer.from(text).toString('base64')

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return text
    throw error
  }
}
