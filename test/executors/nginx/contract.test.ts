import { nginxContract } from './contract-platform.ts'

nginxContract()
