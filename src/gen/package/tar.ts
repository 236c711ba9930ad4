// A tar archive as bytes: POSIX.1-1988 (ustar), everything root's, sorted as given. In the process, because what a tar
// program writes depends on its version and on the machine.
import type { Node } from './payload.ts'

const block = 512
const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`

/** Names up to 100 bytes, or up to 256 in two parts. Throws RangeError for longer ones. */
function splitName(name: string): { prefix: string; name: string } {
  const length = (text: string): number => Buffer.byteLength(text)
  if (length(name) <= 100) return { prefix: '', name }
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) {
    const parts = { prefix: name.slice(0, at), name: name.slice(at + 1) }
    if (length(parts.prefix) <= 155 && length(parts.name) <= 100) return parts
  }
  throw new RangeError(`${name} is too long for a tar archive`)
}

const typeOf = { file: '0', link: '2', directory: '5' } as const

function header(node: Node, epoch: number): Buffer {
  const bytes = Buffer.alloc(block)
  const put = (text: string, at: number): void => {
    bytes.write(text, at, 'utf8')
  }
  const target = node.kind === 'link' ? node.target : ''
  if (Buffer.byteLength(target) > 100) throw new RangeError(`${target} is too long for a tar archive`)
  const { prefix, name } = splitName(`${node.path.slice(1)}${node.kind === 'directory' ? '/' : ''}`)
  const mode = node.kind === 'file' ? node.mode : node.kind === 'link' ? 0o777 : 0o755
  put(name, 0)
  put(octal(mode, 8), 100)
  put(octal(0, 8), 108)
  put(octal(0, 8), 116)
  put(octal(node.kind === 'file' ? node.bytes.byteLength : 0, 12), 124)
  put(octal(epoch, 12), 136)
  put(typeOf[node.kind], 156)
  put(target, 157)
  put('ustar\u000000', 257)
  put('root', 265)
  put('root', 297)
  put(prefix, 345)
  // The sum is taken with spaces in its own place.
  put(' '.repeat(8), 148)
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return bytes
}

/** `epoch` in seconds since 1970. Paths lose their leading slash. */
export function tar(nodes: readonly Node[], epoch: number): Buffer {
  const parts = nodes.flatMap((node) => {
    if (node.kind !== 'file') return [header(node, epoch)]
    const rest = node.bytes.byteLength % block
    return [header(node, epoch), node.bytes, Buffer.alloc(rest === 0 ? 0 : block - rest)]
  })
  return Buffer.concat([...parts, Buffer.alloc(2 * block)])
}
