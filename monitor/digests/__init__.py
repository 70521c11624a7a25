"""One edition of a digest: gathered, composed, printed in every form, and made when it is due."""
