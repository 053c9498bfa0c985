import { executorContract } from '../contract.ts'
import { platform } from './contract-platform.ts'

executorContract('an ECS service whose deployment is done', (trouble) => platform({}, trouble))
