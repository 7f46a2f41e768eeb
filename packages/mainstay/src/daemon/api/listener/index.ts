/** The interface over TCP, for people and monitors: who may ask what, and how much. Loaded only where `api` is configured. */
export { Listener, type ListenerPorts } from './listener.ts';
