<?php

echo 'configuration is missing';
exit(1);
