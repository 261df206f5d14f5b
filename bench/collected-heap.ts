/** Preloaded into a server of the bench: at SIGUSR2 it prints the bytes of heap that are left after a collection. */
process.on('SIGUSR2', () => {
  globalThis.gc!();
  globalThis.gc!();
  console.log(`heap ${process.memoryUsage().heapUsed}`);
});
