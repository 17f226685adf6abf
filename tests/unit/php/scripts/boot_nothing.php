<?php

// Does its work and ends, as a script does that is not meant to be resident.
