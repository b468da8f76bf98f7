const PORT = 15_672
const SECURE_PORT = 15_671

/**
 * Where the management API of a broker is, unless somebody says otherwise: on its host, with its credentials. A broker that
 * is reached by TLS has it by TLS on its own port: the password never leaves in the clear for being asked for facts.
 */
export function usualManagementUrl(brokerUrl: string, port?: number): string {
  const { protocol, username, password, hostname } = new URL(brokerUrl)
  const isSecure = protocol === 'amqps:'
  const credentials = `${username || 'guest'}:${password || 'guest'}`
  const scheme = isSecure && port === undefined ? 'https' : 'http'
  return `${scheme}://${credentials}@${hostname}:${port ?? (isSecure ? SECURE_PORT : PORT)}`
}
