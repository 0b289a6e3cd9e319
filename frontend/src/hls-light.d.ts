/** hls.js ships the types of its full build only; the light one has the same face with fewer controllers behind it. */
declare module 'hls.js/light' {
  export * from 'hls.js';
  export { default } from 'hls.js';
}
