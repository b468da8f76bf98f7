/**
 * The one way in: `npm start`, `npm test`, `npm run dev`, `npm run bench`. Needs nothing but Node, so that it runs straight
 * after `git clone`, and brings what is missing. Written so that an old Node can still read it and say that it is too old.
 */
const OLDEST_NODE = [20, 9]

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  process.stderr.write(
    `Switchboard needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}. See https://nodejs.org/en/download\n`,
  )
  process.exit(1)
}

import('./bootstrap/main.mjs')
  .then(({ main }) => main(process.argv.slice(2)))
  .then((code) => process.exit(code))
  .catch((error) => {
    process.stderr.write(`${error.stack}\n`)
    process.exit(1)
  })
