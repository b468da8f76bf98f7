/**
 * A launcher in a process of its own, for tests that kill it: `node --import tsx launch.ts <folder> <ports>`, where ports
 * is JSON of the usual port per system. Prints each report as a line of JSON; makes a fault for each line `<system> <fault>`
 * that it reads; closes when its standard input ends.
 */
import { recipe as kafka } from '#lib/brokers/kafka/recipe.ts'
import { recipe as rabbitmq } from '#lib/brokers/rabbitmq/recipe.ts'
import { recipe as redis } from '#lib/brokers/redis/recipe.ts'
import { createLauncher } from '#lib/launcher/launcher.ts'
import { brokerFaultSchema } from '#lib/protocol/faults.ts'

const [folder = '', ports = '{}'] = process.argv.slice(2)
const usual: Record<string, number> = JSON.parse(ports)
const recipes = [rabbitmq, redis, kafka]
  .filter(({ system }) => system in usual)
  .map((recipe) => ({ ...recipe, defaultPort: usual[recipe.system] ?? 0 }))

const launcher = createLauncher({ recipes, env: {}, folder, allowInstall: false })
launcher.onReport((report) => process.stdout.write(`${JSON.stringify(report)}\n`))
launcher.start()
process.stdin.setEncoding('utf8').on('data', (line: string) => {
  const [system = '', fault] = line.trim().split(' ')
  void launcher.fault(system, brokerFaultSchema.parse(fault))
})
process.stdin.once('end', () => {
  void launcher.close().then(() => process.exit(0))
})
