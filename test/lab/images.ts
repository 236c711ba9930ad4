// Makes a bootable disk out of a recipe, once, and keeps it: mmdebstrap, then mke2fs -d; no loop devices, no mounts.
import { chmod, copyFile, mkdir, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { cacheFolder, debianMirror, findProgram, LabError } from './host.ts'
import { makeInitrd } from './initrd.ts'
import { type Installation, imageName, type Recipe, recipeFor, recipeHash, type Suite } from './recipe.ts'

/** A cached image: files to boot from. None of them is ever written after it was made. */
export interface Image {
  suite: Suite
  /** Suite, and what more is in it. */
  name: string
  folder: string
  disk: string
  kernel: string
  initrd: string
  /** Kernel release, as in uname -r. */
  release: string
}

export interface Progress {
  step(text: string): void
}

const there = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  )

const imageIn = (suite: Suite, name: string, folder: string, release: string): Image => ({
  suite,
  name,
  folder,
  disk: path.join(folder, 'root.img'),
  kernel: path.join(folder, 'vmlinuz'),
  initrd: path.join(folder, 'initrd'),
  release,
})

const releaseOf = async (folder: string): Promise<string> => {
  const names = await readdir(folder)
  const release = names.find((n) => n.startsWith('release-'))?.slice('release-'.length)
  if (!release) throw new LabError(`${folder} is not a whole image: remove it and try again`)
  return release
}

/** The image of a suite, plain or with a desktop, from the cache or made now (minutes). Throws LabError when it cannot be had. */
export const getImage = async (suite: Suite, desktop: boolean, progress: Progress): Promise<Image> => {
  const recipe = recipeFor(suite, desktop)
  const name = imageName(suite, desktop)
  const folder = path.join(cacheFolder(), `${name}-${recipeHash(recipe)}`)
  if (await there(path.join(folder, 'root.img'))) return imageIn(suite, name, folder, await releaseOf(folder))
  if (process.getuid?.() !== 0) {
    throw new LabError(`Making the ${name} image needs root (device nodes and owners). Run it once as root.`)
  }
  const work = `${folder}.${process.pid}`
  const root = path.join(work, 'root')
  await mkdir(work, { recursive: true })
  try {
    progress.step(
      `${name}: installing ${recipe.packages.length} packages and what they need (a few minutes, once)`,
    )
    await bootstrap(recipe, root)
    progress.step(`${name}: configuring`)
    await configure(recipe, root)
    const release = (await readdir(path.join(root, 'usr/lib/modules')))[0]
    if (!release) throw new LabError(`${name}: no kernel was installed`)
    progress.step(`${name}: first stage for ${release}`)
    await writeFile(path.join(work, 'initrd'), await makeInitrd(root, release, recipe.rootModules))
    await copyFile(path.join(root, 'boot', `vmlinuz-${release}`), path.join(work, 'vmlinuz'))
    await rm(path.join(root, 'boot'), { recursive: true })
    await mkdir(path.join(root, 'boot'))
    await writeFile(path.join(work, `release-${release}`), '')
    progress.step(`${name}: writing the disk`)
    const disk = path.join(work, 'disk')
    await execa('mke2fs', [
      ...['-q', '-t', 'ext4', '-L', 'lab', '-m', '0', '-E', 'lazy_itable_init=1', '-d', root],
      ...[disk, `${recipe.sizeMiB}M`],
    ])
    await rm(root, { recursive: true })
    await rename(disk, path.join(work, 'root.img'))
    await rm(folder, { recursive: true, force: true })
    await rename(work, folder)
    return imageIn(suite, name, folder, release)
  } catch (error) {
    await rm(work, { recursive: true, force: true })
    throw error
  }
}

/** Installs the packages of a recipe into a folder. Rejects with LabError when that fails. */
export const bootstrap = async (recipe: Installation, root: string): Promise<void> => {
  const mirror = process.env.PKTW_LAB_MIRROR ?? (await debianMirror())
  const made = await execa(
    (await findProgram('mmdebstrap')) ?? 'mmdebstrap',
    [
      '--variant=apt',
      '--format=directory',
      '--mode=root',
      ...recipe.apt.map((line) => `--aptopt=${line.replace(/;$/, '')}`),
      ...recipe.dpkg.map((line) => `--dpkgopt=${line}`),
      `--include=${recipe.packages.join(',')}`,
      recipe.suite,
      root,
      `deb ${mirror} ${recipe.suite} main`,
    ],
    // The kernel's package would have a large initramfs made that nothing here uses.
    { reject: false, all: true, stdin: 'ignore', env: { INITRD: 'No' } },
  )
  if (made.exitCode !== 0)
    throw new LabError(`mmdebstrap failed for ${recipe.suite}:\n${made.all?.slice(-3000)}`)
}

const configure = async (recipe: Recipe, root: string): Promise<void> => {
  for (const [name, file] of Object.entries(recipe.files)) {
    const target = path.join(root, name)
    await mkdir(path.dirname(target), { recursive: true })
    await writeFile(target, file.text)
    await chmod(target, file.mode)
  }
  for (const [name, target] of Object.entries(recipe.links)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true })
    await rm(path.join(root, name), { force: true })
    await symlink(target, path.join(root, name))
  }
  if (recipe.hostNode) {
    await copyFile(process.execPath, path.join(root, 'usr/local/bin/node'))
    await chmod(path.join(root, 'usr/local/bin/node'), 0o755)
  }
  for (const argv of recipe.inside) await execa('chroot', [root, ...argv])
  // Left over from the installation: resolv.conf and mirror lists of the machine that made the image.
  for (const name of ['etc/resolv.conf', 'etc/apt/sources.list'])
    await rm(path.join(root, name), { force: true })
}
