// The emulated drive: a core for tests in process, and USB/IP for a guest kernel.
export { Disc, type DiscOptions } from './disc.ts'
export { Drive, type DriveOptions } from './drive.ts'
export { loadImage, saveImage } from './image.ts'
export { Kernel } from './kernel.ts'
export { loadProfile, profileNames } from './profile.ts'
export { serveDrives } from './usbip/server.ts'
