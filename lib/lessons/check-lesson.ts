import { catalog, manifestOf } from '#lib/brokers/catalog.ts'
import type { ModeManifest } from '#lib/brokers/contract.ts'
import { modeAt } from '#lib/brokers/mode-at.ts'
import type { Lesson, LessonFault, LessonStep } from '#lib/protocol/lesson.ts'
import type { Expectation } from '#lib/protocol/lesson-expectation.ts'
import {
  faultsOfConsumer,
  faultsOfScene,
  faultsOfSettings,
  type SceneFault,
} from '#lib/scenes/check-scene.ts'
import type { FilePath } from '#lib/util/yaml-file.ts'
import { type DestinationPlace, Places } from './places.ts'

/** What a lesson's schema cannot see: names that nobody has at that step, and what only the manifests know. */
export function faultsOfLesson(lesson: Lesson): SceneFault[] {
  const scene = faultsOfScene(lesson.scene).map(({ path, reason }) => ({ path: ['scene', ...path], reason }))
  if (scene.length > 0) return scene
  const check = new LessonCheck(lesson)
  for (const [index, step] of lesson.before.entries()) check.step(step, ['before', index])
  for (const [index, step] of lesson.steps.entries()) check.step(step, ['steps', index])
  for (const [index, one] of lesson.expect.entries()) check.expectation(one, ['expect', index])
  return check.faults
}

class LessonCheck {
  readonly faults: SceneFault[] = []
  private readonly places: Places
  private readonly labels = new Set<string>()

  constructor({ scene }: Lesson) {
    this.places = new Places(scene)
  }

  step(step: LessonStep, path: FilePath): void {
    if ('send' in step) {
      const { to, as } = step.send
      for (const ref of [to].flat()) this.destination(ref, [...path, 'send', 'to'])
      this.labels.add(as)
    } else if ('load' in step) this.destination(step.load.to, [...path, 'load', 'to'])
    else if ('add' in step) this.add(step.add, [...path, 'add'])
    else if ('set' in step) {
      const { consumer, destination } = step.set
      if (consumer !== undefined) this.consumer(consumer, [...path, 'set', 'consumer'])
      if (destination !== undefined) {
        const mode = this.destination(destination, [...path, 'set', 'destination'])
        if (mode) {
          const at = [...path, 'set', 'settings']
          this.faults.push(...faultsOfSettings(mode.destinationSettings, step.set.settings, at))
        }
      }
    } else if ('remove' in step) this.consumer(step.remove, [...path, 'remove'])
    else if ('settle' in step) {
      this.consumer(step.settle.consumer, [...path, 'settle', 'consumer'])
      this.label(step.settle.of, [...path, 'settle', 'of'])
    } else if ('seek' in step) this.consumer(step.seek.consumer, [...path, 'seek', 'consumer'])
    else if ('fault' in step) this.fault(step.fault, [...path, 'fault'])
    else if ('wait-for' in step) {
      for (const [index, one] of step['wait-for'].entries()) {
        this.expectation(one, [...path, 'wait-for', index])
      }
    }
  }

  expectation(expectation: Expectation, path: FilePath): void {
    for (const [name, asked] of Object.entries(expectation)) {
      const at = [...path, name]
      const { who, of, on } = asked as { who?: string | string[]; of?: string; on?: string }
      for (const ref of who === undefined ? [] : [who].flat()) this.consumer(ref, [...at, 'who'])
      if (on !== undefined) this.destination(on, [...at, 'on'])
      this.label(of, [...at, 'of'])
    }
  }

  private add({ to, ...consumer }: Extract<LessonStep, { add: unknown }>['add'], path: FilePath): void {
    const mode = this.destination(to, [...path, 'to'])
    if (mode === undefined) return
    this.faults.push(...faultsOfConsumer(mode, consumer, path))
    this.places.add(this.places.destination(to), consumer)
  }

  private fault(fault: LessonFault, path: FilePath): void {
    for (const [name, asked] of Object.entries(fault)) {
      const target = typeof asked === 'string' ? asked : asked.consumer
      if (!name.endsWith('-broker')) this.consumer(target, [...path, name])
      else if (!catalog.some(({ id }) => id === target))
        this.faults.push({ path: [...path, name], reason: `there is no system ${target}` })
    }
  }

  private label(of: string | undefined, path: FilePath): void {
    if (of === undefined || this.labels.has(of)) return
    this.faults.push({ path, reason: `nothing is sent as ${of} by then` })
  }

  private consumer(ref: string, path: FilePath): void {
    this.attempt(path, () => this.places.consumer(ref))
  }

  private destination(ref: string, path: FilePath): ModeManifest | undefined {
    const found = this.attempt<DestinationPlace>(path, () => this.places.destination(ref))
    return found && modeAt(manifestOf(found.system), found)
  }

  private attempt<T>(path: FilePath, find: () => T): T | undefined {
    try {
      return find()
    } catch (error) {
      this.faults.push({ path, reason: error instanceof Error ? error.message : String(error) })
      return undefined
    }
  }
}
