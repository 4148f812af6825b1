// Events that bring a reply: each under a number, so that one that comes late or twice is known for what it is.

export const LOST = 120000; // milliseconds after which no reply is waited for

/** `trigger` raises an event; `send(name, data)` resolves to its reply, {} if none came, once `receive` has got it. */
export function makeEvents(trigger) {
  const waiting = new Map();
  let last = 0;

  function send(name, data) {
    last += 1;
    const event = last;
    return new Promise((resolve) => {
      const timer = setTimeout(() => receive({ event }), LOST);
      waiting.set(event, (found) => {
        clearTimeout(timer);
        resolve(found);
      });
      trigger(name, { ...data, event });
    });
  }

  function receive(found) {
    const resolve = waiting.get(found.event);
    waiting.delete(found.event);
    resolve?.(found);
  }

  return { send, receive };
}
