// Events that the server does not take (it has too much to do, or they are too large): Gradio tells the page nothing of them.

/** `refused` gets the data of each. */
export function watchQueue(refused) {
  const real = window.fetch;
  window.fetch = async (...asked) => {
    const reply = await real(...asked);
    if (!reply.ok && new URL(reply.url).pathname === "/gradio_api/queue/join") {
      refused(JSON.parse(asked[1].body).event_data);
    }
    return reply;
  };
}
