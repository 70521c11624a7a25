"""From rules and spikes to messages: what is met, who is told, and what they heard before."""
