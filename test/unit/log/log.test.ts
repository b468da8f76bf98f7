import { describe, expect, it } from 'vitest'
import { createLog } from '#lib/log/log.ts'

function lines(level = 'info') {
  const written: string[] = []
  return { written, log: createLog(level, { write: (line) => void written.push(line) }) }
}

describe('log', () => {
  it('no credentials of a URL reach it, wherever they stand', () => {
    const { written, log } = lines()
    const url = 'amqp://guest:s3cret@127.0.0.1:5672/%2F'
    log.info({ url, deep: { list: [url] } }, `connecting to ${url}`)
    log.warn({ err: new Error(`failed: redis://:s3cret@cache:6379`) }, 'lost')
    log.child({ endpoint: url }).info('from a child')
    expect(written).toHaveLength(3)
    expect(written.join()).not.toContain('s3cret')
    expect(written[0]).toContain('amqp://***@127.0.0.1:5672')
  })

  it('an address without credentials stays as it is', () => {
    const { written, log } = lines()
    log.info({ url: 'http://127.0.0.1:3000/r/lobby?a=b@c:d' }, 'listening')
    expect(JSON.parse(written[0] ?? '')).toMatchObject({
      url: 'http://127.0.0.1:3000/r/lobby?a=b@c:d',
      msg: 'listening',
    })
  })

  it('writes nothing below its level', () => {
    const { written, log } = lines('warn')
    log.info({}, 'quiet')
    log.error({}, 'loud')
    expect(written.map((line) => JSON.parse(line).msg)).toEqual(['loud'])
  })
})
