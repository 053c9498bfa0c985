import { executorContract } from '../contract.ts'
import { platform } from './contract-platform.ts'

executorContract('Deployment', (trouble) => platform('Deployment', trouble))
