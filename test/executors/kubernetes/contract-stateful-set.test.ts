import { executorContract } from '../contract.ts'
import { platform } from './contract-platform.ts'

executorContract('StatefulSet', (trouble) => platform('StatefulSet', trouble))
