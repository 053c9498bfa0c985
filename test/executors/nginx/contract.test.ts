import { nginxContract } from './contract-platform.ts'
import { nginxPromoterContract } from './promoter-platform.ts'

nginxContract()
nginxPromoterContract()
