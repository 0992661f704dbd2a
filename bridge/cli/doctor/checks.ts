/** Every check of the doctor, in the order in which a message meets what they look at. */
import type { Check } from './check.ts'
import { accounts } from './checks/accounts.ts'
import { bridge } from './checks/bridge.ts'
import { clock } from './checks/clock.ts'
import { database } from './checks/database.ts'
import { edge } from './checks/edge.ts'
import { embedding } from './checks/embedding.ts'
import { knowledge } from './checks/knowledge.ts'
import { model } from './checks/model.ts'
import { node } from './checks/node.ts'
import { platform } from './checks/platform.ts'
import { programs } from './checks/programs.ts'
import { rabbitmq } from './checks/rabbitmq.ts'
import { rerank } from './checks/rerank.ts'
import { settings } from './checks/settings.ts'
import { speech } from './checks/speech.ts'
import { urlCheck } from './checks/url-check.ts'
import { vision } from './checks/vision.ts'
import { work } from './checks/work.ts'

export const CHECKS: readonly Check[] = [
  settings,
  node,
  clock,
  edge,
  urlCheck,
  platform,
  accounts,
  database,
  rabbitmq,
  knowledge,
  model,
  embedding,
  rerank,
  vision,
  speech,
  programs,
  bridge,
  work,
]
