<!DOCTYPE html>
<html><head><title>Ziggy</title>@routes</head><body>{{ auth()->user()?->name }}</body></html>
