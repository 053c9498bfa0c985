import { type Message, Refused, type SlackFile } from '../model.ts'
import { fromBot } from './chat.ts'
import { ownRoom } from './conversations.ts'
import { isWire, type Methods, optionalText, structure, text } from './method.ts'

/** The three-step upload: ask for an address, send the bytes there, say where the file belongs. */
export const files: Methods = {
  'files.getUploadURLExternal': {
    scopes: ['files:write'],
    answer(args, { workspace, baseUrl }) {
      const name = text(args, 'filename')
      const size = Number(text(args, 'length'))
      if (!Number.isInteger(size) || size < 1) throw new Refused('invalid_arguments')
      const id = workspace.newId('F')
      workspace.files.set(id, {
        file: {
          id,
          name,
          title: name,
          mimetype: mimeOf(name),
          size,
          url: `${baseUrl()}/files/${id}/${encodeURIComponent(name)}`,
        },
        content: Buffer.alloc(0),
      })
      return { upload_url: `${baseUrl()}/upload/v1/${id}`, file_id: id }
    },
  },
  'files.completeUploadExternal': {
    scopes: ['files:write'],
    answer(args, world) {
      const { workspace } = world
      const list = structure(args, 'files', 'invalid_arguments')
      if (!Array.isArray(list) || list.length === 0) throw new Refused('invalid_arguments')
      const done = list.filter(isWire).map((one): SlackFile => {
        const kept = workspace.files.get(text(one, 'id'))
        if (!kept) throw new Refused('file_not_found')
        if (kept.content.length !== kept.file.size) throw new Refused('file_upload_size_mismatch')
        const file = { ...kept.file, title: optionalText(one, 'title') ?? kept.file.title }
        workspace.files.set(file.id, { ...kept, file })
        return file
      })
      const channel = optionalText(args, 'channel_id')
      if (channel !== undefined) {
        const room = ownRoom({ channel }, workspace)
        const thread = optionalText(args, 'thread_ts')
        const message: Message = {
          ...fromBot(world),
          subtype: 'file_share',
          text: optionalText(args, 'initial_comment') ?? '',
          files: done,
          ...(thread ? { thread_ts: thread } : {}),
        }
        workspace.post(room.id, message)
      }
      return { files: done.map((file) => ({ ...file, url_private: file.url })) }
    },
  },
  'files.info': {
    scopes: ['files:read'],
    answer(args, { workspace }) {
      const kept = workspace.files.get(text(args, 'file'))
      if (!kept) throw new Refused('file_not_found')
      return { file: { ...kept.file, url_private: kept.file.url } }
    },
  },
}

const types: Readonly<Record<string, string>> = {
  png: 'image/png',
  txt: 'text/plain',
  log: 'text/plain',
  md: 'text/markdown',
  json: 'application/json',
  yaml: 'text/yaml',
}
const mimeOf = (name: string): string =>
  types[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream'
