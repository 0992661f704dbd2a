/** kf/knowledge/add_group, del_group, mod_group and list_group. Source: developer.work.weixin.qq.com/document/path/95971 */
import type { KnowledgeGroup } from '../knowledge-base.ts'
import type { Platform } from '../platform.ts'
import { refuse } from '../refuse.ts'
import { type ApiHandler, optionalString, requireLength, requireString } from './api-call.ts'
import { readPage } from './list-page.ts'

const MAX_GROUPS = 100
const MAX_NAME = 12

export const addGroup: ApiHandler = (platform, { body }) => {
  const { knowledge } = platform
  const name = readName(platform, requireString(body, 'name'))
  if (knowledge.groups.size >= MAX_GROUPS) refuse(40058, `there are at most ${MAX_GROUPS} groups`)
  return { group_id: knowledge.addGroup(name).groupId }
}

export const deleteGroup: ApiHandler = (platform, { body }) => {
  platform.knowledge.removeGroup(changeable(platform, requireString(body, 'group_id')).groupId)
  return {}
}

export const modifyGroup: ApiHandler = (platform, { body }) => {
  const group = changeable(platform, requireString(body, 'group_id'))
  group.name = readName(platform, requireString(body, 'name'), group)
  return {}
}

export const listGroups: ApiHandler = (platform, { body }) => {
  const { groups } = platform.knowledge
  const groupId = optionalString(body, 'group_id')
  const among = groupId === '' ? groups : new Map([[groupId, findGroup(platform, groupId)]])
  const { entries, nextCursor, hasMore } = readPage(among, body)
  return {
    next_cursor: nextCursor,
    has_more: hasMore ? 1 : 0,
    group_list: entries.map(({ groupId: group_id, name, isDefault }) => ({
      group_id,
      name,
      is_default: isDefault ? 1 : 0,
    })),
  }
}

/** Refuses with 40058. */
export function findGroup({ knowledge }: Platform, groupId: string): KnowledgeGroup {
  const group = knowledge.groups.get(groupId)
  if (group === undefined) refuse(40058, 'no such group')
  return group
}

function changeable(platform: Platform, groupId: string): KnowledgeGroup {
  const group = findGroup(platform, groupId)
  if (group.isDefault) refuse(40058, 'the default group cannot be changed')
  return group
}

function readName({ knowledge }: Platform, name: string, own?: KnowledgeGroup): string {
  requireLength(name, MAX_NAME, 'name')
  if (knowledge.groups.values().some((group) => group !== own && group.name === name)) {
    refuse(40058, 'a group of this name exists')
  }
  return name
}
