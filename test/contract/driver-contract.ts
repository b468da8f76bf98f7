import { describe } from 'vitest'
import { registerBrowseRules } from './support/browse-rules.ts'
import { registerConsumerRules } from './support/consumer-rules.ts'
import { type ContractSubject, createContractBench } from './support/contract-bench.ts'
import { registerEndingRules } from './support/ending-rules.ts'
import { registerFactsRules } from './support/facts-rules.ts'
import { registerLifecycleRules } from './support/lifecycle-rules.ts'
import { registerMessageRules } from './support/message-rules.ts'

export type { ContractSubject } from './support/contract-bench.ts'

/**
 * Registers the rules that every driver must keep, asked of a real broker. What a system cannot do is read from its
 * manifest's `can`, never from its name, so that a further broker gets the same questions by itself.
 */
export function registerDriverContract(subject: ContractSubject): void {
  describe(`the driver contract, kept by ${subject.name}`, () => {
    const bench = createContractBench(subject)
    describe('opening and closing', () => registerLifecycleRules(bench))
    describe('messages', () => registerMessageRules(bench))
    describe('who receives what', () => registerConsumerRules(bench))
    describe('pausing, leaving and crashing', () => registerEndingRules(bench))
    describe('facts', () => registerFactsRules(bench))
    describe('looking at what is kept', () => registerBrowseRules(bench))
  })
}
