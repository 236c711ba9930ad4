// What is on the model of a file system: files and directories as a process sees them, and what a power cut leaves of them.

export interface FileNode {
  data: Buffer
  /** What `data` is the beginning of: room to append without a copy of all that is there, since journals grow by thousands of records. */
  room: Buffer | undefined
  /** Bytes from the start that a power cut leaves. */
  durable: number
}

export const fileNode = (): FileNode => ({ data: Buffer.alloc(0), room: undefined, durable: 0 })

export function append(file: FileNode, more: Buffer): void {
  const { data } = file
  const length = data.length + more.length
  if (file.room === undefined || length > file.room.length) {
    file.room = Buffer.allocUnsafe(Math.max(65_536, 2 * length))
    data.copy(file.room)
  }
  more.copy(file.room, data.length)
  file.data = file.room.subarray(0, length)
}

/** A change of names that a power cut may take back: all of it or nothing. */
type Change = { put: string; node: Node } | { take: string } | { move: string; to: string; node: Node }

export interface DirectoryNode {
  entries: Map<string, Node>
  /** Names that a power cut leaves. */
  durable: Map<string, Node>
  /** What was done since, oldest first. */
  pending: Change[]
}

export type Node = FileNode | DirectoryNode

export const isDirectory = (node: Node): node is DirectoryNode => 'entries' in node

export const directoryNode = (): DirectoryNode => ({ entries: new Map(), durable: new Map(), pending: [] })

function apply(entries: Map<string, Node>, change: Change): void {
  if ('put' in change) entries.set(change.put, change.node)
  else if ('take' in change) entries.delete(change.take)
  else {
    // Its making may not have survived.
    if (entries.get(change.move) === change.node) entries.delete(change.move)
    entries.set(change.to, change.node)
  }
}

export function change(dir: DirectoryNode, what: Change): void {
  apply(dir.entries, what)
  dir.pending.push(what)
}

/** A copy of a node and of all below it; `made` has those that were copied already, under another name. */
function copyOf(node: Node, made: Map<Node, Node>): Node {
  const known = made.get(node)
  if (known !== undefined) return known
  if (!isDirectory(node)) {
    const file = { ...node, room: undefined }
    made.set(node, file)
    return file
  }
  return copyOfDirectory(node, made)
}

export function copyOfDirectory(node: DirectoryNode, made = new Map<Node, Node>()): DirectoryNode {
  const dir = directoryNode()
  made.set(node, dir)
  for (const [name, entry] of node.entries) dir.entries.set(name, copyOf(entry, made))
  for (const [name, entry] of node.durable) dir.durable.set(name, copyOf(entry, made))
  for (const what of node.pending)
    dir.pending.push('node' in what ? { ...what, node: copyOf(what.node, made) } : what)
  return dir
}

/** What is left of a directory, and of what is in it. */
export function settle(dir: DirectoryNode, random: () => number): void {
  const left = new Map(dir.durable)
  for (const what of dir.pending) if (random() < 0.5) apply(left, what)
  dir.entries = left
  dir.durable = new Map(left)
  dir.pending = []
  for (const node of left.values()) {
    if (isDirectory(node)) settle(node, random)
    else settleFile(node, random)
  }
}

function settleFile(file: FileNode, random: () => number): void {
  const kept = file.durable + Math.floor(random() * (file.data.length - file.durable + 1))
  const left = Buffer.from(file.data.subarray(0, kept))
  // The last page is there, with anything in it.
  if (kept > file.durable && random() < 0.3) left.fill(random() * 256, Math.max(file.durable, kept - 100))
  file.data = left
  file.room = undefined
  file.durable = left.length
}
