export { processingSettings as workSettings } from './kit/simulated-processing.ts'
