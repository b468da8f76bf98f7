import { describe, expect, it } from 'vitest'
import { loadConfig } from '#lib/config/config.ts'

describe('configuration', () => {
  it('has a default for everything but the brokers', () => {
    expect(loadConfig({})).toEqual({ PORT: 3000, HOST: '127.0.0.1', LOG_LEVEL: 'info' })
  })

  it('takes what it knows, and nothing else', () => {
    const given = { PORT: '0', BASE_URL: 'https://demo.example' }
    expect(loadConfig({ ...given, HOME: '/home/x' })).toMatchObject({ ...given, PORT: 0 })
    expect(loadConfig({ HOME: '/home/x' })).not.toHaveProperty('HOME')
  })

  it('an empty variable counts as absent', () => {
    expect(loadConfig({ BASE_URL: '', PORT: '' })).toEqual(loadConfig({}))
  })

  it.each([
    ['PORT', '70000'],
    ['PORT', 'http'],
    ['BASE_URL', 'demo'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s and names it', (name, value) => {
    expect(() => loadConfig({ [name]: value })).toThrow(name)
  })

  it('names every fault at once, and no value that may be a secret', () => {
    const faulty = { PORT: 'x', BASE_URL: 'tcp://u:secret@h', LOG_LEVEL: 'loud' }
    const fault = (() => {
      try {
        loadConfig(faulty)
      } catch (error) {
        return String(error)
      }
    })()
    for (const name of Object.keys(faulty)) expect(fault).toContain(name)
    expect(fault).not.toContain('secret')
  })

  it('cannot be changed', () => {
    const config = loadConfig({})
    expect(() => Object.assign(config, { PORT: 1 })).toThrow(TypeError)
  })
})
