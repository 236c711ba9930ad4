// The first stage: loads the modules that the root needs, mounts it, hands over. A distribution's initramfs does the
// same in ten times the size and many seconds more under emulation.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'

/** One member of a cpio archive in "newc" form (Linux: buffer-format.rst). */
interface Member {
  name: string
  mode: number
  data: Buffer
}

/** newc archive of the members, trailer included. */
export const cpio = (members: Member[]): Buffer => {
  const parts: Buffer[] = []
  let inode = 1
  const pad = (length: number): Buffer => Buffer.alloc((4 - (length % 4)) % 4)
  for (const { name, mode, data } of [...members, { name: 'TRAILER!!!', mode: 0, data: Buffer.alloc(0) }]) {
    const fields = [inode++, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length + 1, 0]
    const header = Buffer.from(
      `070701${fields.map((f) => f.toString(16).padStart(8, '0')).join('')}${name}\0`,
      'latin1',
    )
    parts.push(header, pad(header.length), data, pad(data.length))
  }
  return Buffer.concat(parts)
}

/** Files of the wanted modules and all they depend on, in loading order, from the text of modules.dep. */
export const loadOrder = (modulesDep: string, builtin: string, wanted: string[]): string[] => {
  const nameOf = (file: string): string =>
    path
      .basename(file)
      .replace(/\.ko(\.\w+)?$/, '')
      .replaceAll('-', '_')
  const needs = new Map<string, { file: string; after: string[] }>()
  for (const line of modulesDep.split('\n')) {
    const [file, rest] = line.split(':')
    if (!file || rest === undefined) continue
    needs.set(nameOf(file), { file, after: rest.trim().split(/\s+/).filter(Boolean).map(nameOf) })
  }
  const inKernel = new Set(builtin.split('\n').filter(Boolean).map(nameOf))
  const order: string[] = []
  const visit = (name: string): void => {
    if (inKernel.has(name)) return
    const entry = needs.get(name)
    if (!entry) throw new Error(`no kernel module ${name}`)
    if (order.includes(entry.file)) return
    // modules.dep lists the nearest dependency first.
    for (const after of entry.after.toReversed()) visit(after)
    order.push(entry.file)
  }
  for (const name of wanted) visit(name)
  return order
}

const init = (modules: string[]): string => `#!/busybox sh
/busybox mount -t devtmpfs dev /dev
${modules.map((m) => `/busybox insmod /m/${m}`).join('\n')}
/busybox mount -t ext4 -o rw,noatime /dev/vda /root || exec /busybox sh
/busybox mount --move /dev /root/dev
exec /busybox switch_root /root /sbin/init
`

/** The archive for the kernel in an unpacked root folder. Rejects when a module or busybox is missing there. */
export const makeInitrd = async (root: string, release: string, wanted: string[]): Promise<Buffer> => {
  const folder = path.join(root, 'usr/lib/modules', release)
  const files = loadOrder(
    await readFile(path.join(folder, 'modules.dep'), 'utf8'),
    await readFile(path.join(folder, 'modules.builtin'), 'utf8'),
    wanted,
  )
  const members: Member[] = [
    { name: 'dev', mode: 0o40755, data: Buffer.alloc(0) },
    { name: 'root', mode: 0o40755, data: Buffer.alloc(0) },
    { name: 'm', mode: 0o40755, data: Buffer.alloc(0) },
    { name: 'busybox', mode: 0o100755, data: await readFile(path.join(root, 'usr/bin/busybox')) },
  ]
  const names: string[] = []
  for (const file of files) {
    const packed = await readFile(path.join(folder, file))
    const name = path.basename(file).replace(/\.ko.*$/, '.ko')
    const data = file.endsWith('.xz')
      ? (await execa('xz', ['--decompress', '--stdout'], { input: packed, encoding: 'buffer' })).stdout
      : packed
    members.push({ name: `m/${name}`, mode: 0o100644, data: Buffer.from(data) })
    names.push(name)
  }
  members.push({ name: 'init', mode: 0o100755, data: Buffer.from(init(names)) })
  return cpio(members)
}
