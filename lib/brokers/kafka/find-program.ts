import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findOnPath, isExecutable } from '#lib/util/on-path.ts'
import type { Program } from '../recipe.ts'
import { jarsAreWhole, LIBS_FOLDER } from './jars.ts'

/** Kafka 4's brokers need Java 17 (kafka.apache.org, "Java version"). */
const JAVA_MIN = 17
const JAVA_ANSWERS_WITHIN_MS = 5_000
/** Homebrew keeps its Java off the PATH; macOS has a stub there that only says where to get one. */
const JAVA_ELSEWHERE = ['/opt/homebrew/opt/openjdk/bin/java', '/usr/local/opt/openjdk/bin/java']

const run = promisify(execFile)

async function isNewEnough(java: string): Promise<boolean> {
  try {
    const { stderr } = await run(java, ['-version'], { timeout: JAVA_ANSWERS_WITHIN_MS })
    return Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0) >= JAVA_MIN
  } catch {
    // Not executable, or a stub: no Java.
    return false
  }
}

async function findJava(): Promise<string | null> {
  const home = process.env.JAVA_HOME
  const onPath = await findOnPath('java')
  const candidates = [
    ...(home ? [join(home, 'bin', 'java')] : []),
    ...(onPath ? [onPath] : []),
    ...JAVA_ELSEWHERE,
  ]
  for (const candidate of candidates) {
    if ((await isExecutable(candidate)) && (await isNewEnough(candidate))) return candidate
  }
  return null
}

export const hasJava = async (): Promise<boolean> => (await findJava()) !== null

/** A Java that can run Kafka, and Kafka's jars, whole. */
export async function findProgram(): Promise<Program | null> {
  const [java, whole] = await Promise.all([findJava(), jarsAreWhole()])
  return java && whole ? { path: java, extras: { libs: LIBS_FOLDER } } : null
}
