import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Certificates of an authority that nobody trusts but for the tests: paths of PEM files, good for this machine and two days. */
export interface Certificates {
  /** The authority's own, which a CA file variable may name. */
  ca: string
  /** The server's, for localhost, 127.0.0.1 and ::1, and its key. */
  certificate: string
  key: string
  /** Both in one file, as Kafka takes them. */
  keyAndCertificate: string
  /** Others for the same key: of yesterday, and for another host. */
  expired: string
  elsewhere: string
  close(): Promise<void>
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
const DAYS = ['-days', '2']
const NAMES = 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:0:0:0:0:0:0:0:1\n'

/** Made by openssl. Whoever creates them closes them, which removes their folder. */
export async function createCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-certificates-'))
  const at = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => run('openssl', args)
  const authority = ['-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=switchboard tests']
  await openssl('req', '-x509', ...NEW_KEY, ...authority, ...DAYS)
  await openssl(
    'req',
    '-new',
    ...NEW_KEY,
    '-keyout',
    at('server.key'),
    '-out',
    at('server.csr'),
    '-subj',
    '/CN=localhost',
  )
  await writeFile(at('names.conf'), NAMES)
  const signing = [
    '-CA',
    at('ca.pem'),
    '-CAkey',
    at('ca.key'),
    '-CAcreateserial',
    '-extfile',
    at('names.conf'),
  ]
  const sign = (name: string, ...more: string[]) =>
    openssl('x509', '-req', '-in', at('server.csr'), ...signing, '-out', at(name), ...more)
  await sign('server.pem', ...DAYS)
  await sign('expired.pem', '-days', '-1')
  await writeFile(at('names.conf'), 'subjectAltName=DNS:elsewhere.example\n')
  await sign('elsewhere.pem', ...DAYS)
  const parts = await Promise.all([readFile(at('server.key'), 'utf8'), readFile(at('server.pem'), 'utf8')])
  await writeFile(at('both.pem'), parts.join(''))
  return {
    ca: at('ca.pem'),
    certificate: at('server.pem'),
    key: at('server.key'),
    keyAndCertificate: at('both.pem'),
    expired: at('expired.pem'),
    elsewhere: at('elsewhere.pem'),
    close: () => rm(folder, { recursive: true, force: true }),
  }
}
