/**
 * What a broker needs to know of this process's environment. Nothing else: a RABBITMQ_NODENAME or JAVA_TOOL_OPTIONS meant
 * for another program must not reach it.
 */
const PASSED_ON = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'LC_CTYPE', 'JAVA_HOME'],
  ...['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG', 'XDG_RUNTIME_DIR'],
]

export function programEnvironment(): Record<string, string> {
  const entries = PASSED_ON.map((name) => [name, process.env[name]] as const)
  return Object.fromEntries(
    entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined),
  )
}
