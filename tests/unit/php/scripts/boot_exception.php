<?php

throw new RuntimeException('the database is not there');
