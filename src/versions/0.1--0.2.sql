/* from 0.1 to 0.2: what has changed in the wings' SQL; src/README.md says how it is written */
